"""One small file per verb: parse, call one function, print one result.

Nothing heavy is imported at the top of these files: `--help` must not wait for pyinfra or kubernetes.
"""
