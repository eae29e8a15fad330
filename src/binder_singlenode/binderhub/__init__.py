"""BinderHub from outside, over HTTP: its API, launches, sessions, accounts, warm images."""
