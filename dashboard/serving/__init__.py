"""What the server does beside Streamlit: its own addresses, and what it does to every request."""
