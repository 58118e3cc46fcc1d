"""Contracts (合同): from the confirmed award to acceptance, payment and the end."""
