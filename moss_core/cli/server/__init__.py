"""The commands about the dashboard's server: `app` runs one, `status` says how it is."""
