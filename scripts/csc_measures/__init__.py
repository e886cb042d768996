"""The commands around dbt: land, check, publish, demo, import."""
