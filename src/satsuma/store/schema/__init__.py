"""The tables, the migrations, and which release reads which."""
