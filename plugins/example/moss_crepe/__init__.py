"""CREPE for MOSS: a third party's objective around a network with weights of its own."""
