"""What people decide about patients: undo, merge, split, and the review queue."""
