"""Bodies of calls and answers, as the description of the API at /docs shows them."""
