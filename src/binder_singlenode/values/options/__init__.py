"""Options of BinderHub and JupyterHub that a host file may set: known names, types, checks."""
