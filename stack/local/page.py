"""What a webhook received, as lines for a terminal."""


def on_a_phone(payload: dict) -> str:
    """The notification: how bad, what people feel, where to go."""
    over = payload["status"] == "resolved"
    lines = []
    for alert in payload["alerts"]:
        labels, said = alert["labels"], alert["annotations"]
        if over:
            lines.append(f"  OVER    {labels['alertname']}")
            continue
        kind = {"critical": "PAGE", "warning": "TICKET"}.get(labels.get("severity", ""), "")
        lines += [
            f"  {kind:<7} {said['summary']}",
            f"          {labels['alertname']}, since {alert['startsAt'][11:19]} UTC",
            f"          what to do: {said['runbook_url']}",
            f"          dashboard:  {said['dashboard_url']}",
        ]
    return "\n".join(lines)
