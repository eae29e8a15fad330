"""Mode persistent in the Helm values: valid for both charts, and nobody is locked out or loses a home."""

from typing import Any

from .values_bed import GITHUB, checked_values

SIGN_IN = GITHUB | {"allowed": {"users": ["alice"]}}


def persistent(**sections: Any) -> dict[str, Any]:
    return checked_values(mode="persistent", sign_in=SIGN_IN, **sections)


def test_each_user_has_one_home_in_all_sessions() -> None:
    storage = persistent(home={"size": "3Gi", "users": 10})["jupyterhub"]["singleuser"]["storage"]
    assert storage == {
        "type": "dynamic",
        "capacity": "3Gi",
        "homeMountPath": "/home/jovyan/persistent",
        "dynamic": {
            "storageClass": "binder-home",
            "pvcNameTemplate": "claim-{username}",
            "volumeNameTemplate": "home",
            "storageAccessModes": ["ReadWriteOnce"],
        },
    }


def test_no_program_deletes_a_home() -> None:
    rendered = persistent()["jupyterhub"]
    assert rendered["hub"]["config"]["KubeSpawner"]["delete_pvc"] is False
    assert rendered["cull"]["users"] is False
    assert rendered["cull"]["removeNamedServers"] is False


def test_the_hubs_page_leads_to_where_repositories_are_launched() -> None:
    said = persistent()["jupyterhub"]["hub"]["templateVars"]["announcement_home"]
    assert '<a href="http://binder.example.org">' in said


def test_idle_sessions_end_and_the_quotas_hold_on_the_hubs_page_too() -> None:
    rendered = persistent()
    assert rendered["jupyterhub"]["cull"]["timeout"] == 600
    quota = rendered["config"]["LaunchQuota"]["total_quota"]
    assert rendered["jupyterhub"]["hub"]["activeServerLimit"] == quota


def test_sessions_that_have_ended_do_not_count() -> None:
    rendered = checked_values(sign_in=SIGN_IN)
    assert rendered["config"]["Launcher"]["named_server_limit_per_user"] == 3
    assert rendered["jupyterhub"]["hub"]["namedServerLimitPerUser"] == 0
    assert rendered["jupyterhub"]["cull"]["removeNamedServers"] is True


def test_with_mode_binder_nothing_is_kept() -> None:
    assert checked_values(sign_in=SIGN_IN)["jupyterhub"]["singleuser"]["storage"] == {"type": "none"}
