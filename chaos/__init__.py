"""Kills and hurts the running product, and checks from the sandbox's own record that nothing accepted was lost.

A run is a load, a fault, and the checks. What runs is real: API, workers and beat as the Procfile starts them, an
embedded Valkey that writes every command to disk, the sandbox for AWS, and a network between the product and Valkey
that can be cut.
"""
