"""Databases on servers: the contract of `sirius::store`, and a Sirius whose database fails."""
