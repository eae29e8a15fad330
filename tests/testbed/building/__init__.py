"""How the test bed is built: from packages alone (Go modules, Debian packages), cached by content."""
