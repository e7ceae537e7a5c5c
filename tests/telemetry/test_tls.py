"""Loki and a collector behind TLS: whoever is trusted is told everything, nobody else anything."""

import time
import unittest

from servers.jaeger import Jaeger
from servers.loki import Loki
from servers.process import scratch_folder, wait_for
from servers.sirius import Sirius
from servers.tls import Authority, Terminator

from .account import account
from .settings import telemetry
from .stack import ARRIVES_SECONDS, Caller


class Tls(unittest.TestCase):
    """The authority is not one of the system's."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = scratch_folder()
        cls.loki, cls.jaeger = Loki(cls.folder), Jaeger(cls.folder)
        for server in (cls.loki, cls.jaeger):
            server.launch()
        cls.authority = Authority(cls.folder)
        cls.loki_url = Terminator(cls.authority, cls.loki.url).url
        cls.collectors = {
            "grpc": Terminator(cls.authority, cls.jaeger.otlp_grpc, "h2").url,
            "http/protobuf": Terminator(cls.authority, cls.jaeger.otlp_http).url,
        }
        for server in (cls.loki, cls.jaeger):
            server.wait()

    @classmethod
    def tearDownClass(cls) -> None:
        for server in (cls.loki, cls.jaeger):
            server.kill()

    def sirius(self, protocol: str, name: str, **settings: str) -> Sirius:
        """One that tells things to the servers behind TLS."""
        settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol
        told = telemetry(self.loki_url, self.collectors[protocol], environment=name, **settings)
        sirius = Sirius(self.folder, told, name=name)
        sirius.start()
        self.addCleanup(sirius.stop)
        return sirius

    def test_whoever_is_trusted_is_told(self) -> None:
        trusted = str(self.authority.certificate)
        for protocol in self.collectors:
            with self.subTest(protocol):
                name = f"trusted-{protocol.split('/')[0]}"
                begun, caller = time.time(), Caller.new()
                # Of a collector the authority is a setting; of Loki it is what the system's are.
                sirius = self.sirius(
                    protocol,
                    name,
                    SSL_CERT_FILE=trusted,
                    OTEL_EXPORTER_OTLP_CERTIFICATE=trusted,
                )
                sirius.ask("/api/v1/images/random", headers=caller.headers)
                wait_for(
                    "the trace",
                    ARRIVES_SECONDS,
                    lambda: self.jaeger.trace(caller.trace_id),
                )
                query = f'{{deployment_environment="{name}"}} |= "{caller.trace_id}"'
                wait_for("the line", ARRIVES_SECONDS, lambda: self.loki.entries(query, begun))

    def test_nobody_else_is_told_anything(self) -> None:
        for protocol in self.collectors:
            with self.subTest(protocol):
                name = f"wary-{protocol.split('/')[0]}"
                begun, caller = time.time(), Caller.new()
                sirius = self.sirius(protocol, name)
                sirius.ask("/api/v1/images/random", headers=caller.headers)
                wait_for(
                    "lines to be given up",
                    ARRIVES_SECONDS,
                    lambda: account(sirius).dropped,
                )
                failed = 'sirius_telemetry_export_failures_total{signal="traces"'
                wait_for(
                    "failed exports",
                    ARRIVES_SECONDS,
                    lambda: any(
                        line.startswith(failed) and not line.endswith(" 0")
                        for line in sirius.ask_admin("/metrics").text().splitlines()
                    ),
                )
                self.assertEqual(self.jaeger.trace(caller.trace_id), [])
                self.assertEqual(self.loki.entries(f'{{deployment_environment="{name}"}}', begun), [])
