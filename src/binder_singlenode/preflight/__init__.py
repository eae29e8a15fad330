"""Is the machine fit? Read-only questions, and the rules that judge the answers."""
