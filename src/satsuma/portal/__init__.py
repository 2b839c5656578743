"""The developer portal and the living guide. Empty as yet: the server and gateway come first."""
