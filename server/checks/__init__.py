"""What `diffmem doctor` looks at; `table.py` lists every check."""
