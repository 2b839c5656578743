"""What others say a request is, read: a curl command, a HAR file, an operation of an OpenAPI document."""
