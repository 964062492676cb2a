"""Which Whosaid this is."""


def release() -> str:
    """The version that is installed; "0" from a checkout that is not."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("whosaid")
    except PackageNotFoundError:
        return "0"
