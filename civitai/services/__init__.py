"""PostgreSQL, Valkey and an S3 store for one machine, and the supervisor that keeps a site running on them.

Nothing here needs Django's settings: the parts are started first, and what they are called is then
handed on through the environment (`civitai.env` names the variables).
"""
