"""The charts: specifications and rows for Vega-Lite. Know no Streamlit."""
