"""The sample city 云湖市: seeded, fictional, made of acts only; every party in it carries 示例 in its name."""


class SampleCityRefused(RuntimeError):
    """Say why there is no sample city here, or none may be loaded."""
