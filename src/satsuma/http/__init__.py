"""Our HTTP as values: request, answer, media types, CORS, request ids, envelopes. No socket."""
