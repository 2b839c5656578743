"""Why a request was refused, and the doctor."""
