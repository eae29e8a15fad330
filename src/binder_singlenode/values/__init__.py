"""Helm values of the BinderHub chart."""
