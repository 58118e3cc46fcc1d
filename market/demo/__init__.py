"""The sample city 云湖市: seeded, fictional, made of acts only; every party in it carries 示例 in its name."""
