# Whosaid with what a library on servers needs; the embedding model is made ready here, not at each start.
FROM python:3.11.13-slim-bookworm

ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1 WHOSAID_CACHE=/opt/whosaid/cache

WORKDIR /opt/whosaid/source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY assistant assistant
COPY index index
COPY prompts prompts
RUN pip install --constraint constraints.txt \
        --extra-index-url https://download.pytorch.org/whl/cpu '.[servers]' \
    && python -c "from index.encoder import shared_encoder; shared_encoder().encode(['ready'])"

RUN useradd --uid 10001 --create-home whosaid
USER 10001
WORKDIR /home/whosaid
EXPOSE 7861
ENTRYPOINT ["whosaid"]
CMD ["serve", "--host", "0.0.0.0", "--log", "json"]
