"""Electronic case report forms for hospitals: the program, told in rooms from `cli` down to `clinical`."""

__version__ = "0.1.0"
