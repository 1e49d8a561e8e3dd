"""WFDB: records of PhysioNet."""
