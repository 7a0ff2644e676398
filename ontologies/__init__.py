"""What files mean: entity types, entity files, sessions, timeline, index."""
