"""What a run starts from: samples, uploads and lettering, seen and heard. Knows no Streamlit."""
