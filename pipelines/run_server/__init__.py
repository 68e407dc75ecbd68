"""The run server: one process with the stages loaded, which forks a process for each run."""
