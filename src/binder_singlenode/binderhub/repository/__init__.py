"""Addresses of repositories as people type or paste them, read into what BinderHub builds. No network."""
