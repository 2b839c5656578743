"""The SDK: request and process pairs over protocol, a token shared by a fleet. Empty as yet."""
