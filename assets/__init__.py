"""What is produced: one folder per stage of an import, in the order of the design's picture."""
