"""DiffMem in the settings of the programs that use it: put in, taken out, looked after."""
