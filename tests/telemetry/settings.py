"""The settings of Sirius with which the tests have it tell everything."""

SERVICE = "sirius"
ENVIRONMENT = "test"


def telemetry(loki: str, collector: str, environment: str = ENVIRONMENT, **more: str) -> dict[str, str]:
    """Lines go to `loki`, spans to `collector`, which speaks OTLP by gRPC unless `more` says otherwise."""
    return {
        "SIRIUS_LOKI__URL": loki,
        "SIRIUS_LOKI__DEPLOYMENT_ENVIRONMENT": environment,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "OTEL_RESOURCE_ATTRIBUTES": f"deployment.environment.name={environment}",
        **more,
    }
