from datetime import timedelta

EVERY = {"models_hub.sweep_files": timedelta(minutes=10)}
