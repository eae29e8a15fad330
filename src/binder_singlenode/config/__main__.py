"""Print the JSON schema: `python -m binder_singlenode.config > inventories/schema.json`."""

from binder_singlenode.config.schema import json_schema_text

print(json_schema_text(), end="")
