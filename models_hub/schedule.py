from datetime import timedelta

EVERY = {
    "models_hub.sweep_files": timedelta(minutes=10),
    "models_hub.settle_files": timedelta(minutes=1),
    "models_hub.leave_periods": timedelta(minutes=30),
    "models_hub.erase_taken_down": timedelta(days=1),
}
