"""Building blocks that know nothing of BinderHub: units, folders, log, masking, templates, certificates."""
