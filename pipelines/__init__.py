"""What runs and when: definitions, jobs, sensors, schedules."""
