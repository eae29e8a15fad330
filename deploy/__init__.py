"""Steps that configure the host, and `down`, which removes what they placed."""
