"""Runs in the background: a thread each, one of which learns at a time. Knows no Streamlit."""
