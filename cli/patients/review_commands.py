"""`rosterline review` with all its commands; each module adds those of its concern."""

from cli.patients import identities, review_clusters, review_scores
from cli.patients.review import app

__all__ = ["app", "identities", "review_clusters", "review_scores"]
