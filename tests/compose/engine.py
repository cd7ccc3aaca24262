"""The container engine of the trial: what is there, images made where they cannot be pulled, docker-compose."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/compose/images"
BASE = "debian:bookworm-slim"
SKIP = 77  # ctest: not run


def skip(why):
    print(f"skipped: {why}", file=sys.stderr)
    sys.exit(SKIP)


def run(*command, check=True, timeout=600, **more):
    """CompletedProcess with its output as text."""
    more.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=timeout, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n"
                             f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done


def find_engine():
    """[docker-compose command]; skips where there is no engine to be had."""
    if not shutil.which("docker"):
        skip("there is no docker command (Debian: apt-get install docker.io docker-compose)")
    version = run("docker", "version", "--format", "{{.Server.Version}}", check=False, timeout=30)
    if version.returncode != 0:
        skip(f"no Docker engine answers: {version.stderr.strip().splitlines()[-1:]}")
    for command in (["docker-compose"], ["docker", "compose"]):
        if shutil.which(command[0]) and run(*command, "version", check=False).returncode == 0:
            return command
    skip("there is neither docker-compose nor Compose v2 (Debian: apt-get install docker-compose)")


def has_image(name):
    return run("docker", "image", "inspect", name, check=False).returncode == 0


def pull(name):
    return run("docker", "pull", "-q", name, check=False, timeout=900).returncode == 0


def make_base():
    """debian:bookworm-slim, pulled or made by debootstrap."""
    if has_image(BASE) or pull(BASE):
        return
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        skip(f"{BASE} can neither be pulled nor made (debootstrap, as root)")
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        run("debootstrap", "--variant=minbase", "bookworm", folder, timeout=900)
        for unwanted in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man",
                         "usr/share/locale"):
            shutil.rmtree(pathlib.Path(folder) / unwanted, ignore_errors=True)
        (pathlib.Path(folder) / "var/cache/apt/archives/partial").mkdir(parents=True)
        with subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE) as tar:
            run("docker", "import", "-", BASE, stdin=tar.stdout, timeout=300)


def make_stand_in(folder, *names):
    """Images that cannot be pulled, built from tests/compose/images/FOLDER under their official names."""
    missing = [name for name in names if not has_image(name) and not pull(name)]
    if not missing:
        return
    tags = [argument for name in missing for argument in ("-t", name)]
    if folder != "questdb":
        run("docker", "build", "-q", *tags, FIXTURES / folder, timeout=900)
        return
    jar = ROOT / "build/questdb/questdb.jar"
    if not jar.exists():
        run(ROOT / "deploy/install", timeout=900)
    with tempfile.TemporaryDirectory() as context:
        shutil.copy(FIXTURES / "questdb/Dockerfile", context)
        shutil.copy(jar, context)
        run("docker", "build", "-q", *tags, context, timeout=900)


def images():
    """{service: image} of deploy/compose.yaml's tools."""
    text = (ROOT / "deploy/compose.yaml").read_text()
    found = [line.split("image:")[1].strip() for line in text.splitlines() if line.startswith("    image: ")]
    return {name.split("/")[-1].split(":")[0]: name for name in found}


class Compose:
    """docker-compose on a project of its own: its own names, ports and volumes, so that it meets no running stack."""

    def __init__(self, command, project="tradewind-trial", first_port=28080):
        self.command = command
        self.project = project
        ports = {"HTTP": 0, "GRPC": 1, "GRAFANA": 2, "PROMETHEUS": 3, "QUESTDB": 4}
        self.ports = {name: first_port + n for name, n in ports.items()}
        files = "deploy/compose.yaml:tests/compose/trial.yaml"
        self.environment = dict(os.environ, COMPOSE_PROJECT_NAME=project, COMPOSE_FILE=files,
                                TRADEWIND_ALERT_WEBHOOK="http://hook:8000/", PYTHONWARNINGS="ignore",
                                **{f"TRADEWIND_{name}_PORT": str(port) for name, port in self.ports.items()})

    def __call__(self, *arguments, check=True, timeout=900):
        return run(*self.command, *arguments, check=check, timeout=timeout, cwd=ROOT, env=self.environment)

    def container(self, service):
        """Id of the service's container, "" while there is none."""
        found = run("docker", "ps", "-aq", "--filter", f"label=com.docker.compose.project={self.project}", "--filter",
                    f"label=com.docker.compose.service={service}").stdout.split()
        return found[0] if found else ""

    def inspect(self, service):
        found = self.container(service)
        return json.loads(run("docker", "inspect", found).stdout)[0] if found else None

    def state(self, service):
        """"healthy", "starting", "unhealthy", or the container's status where it has no health."""
        found = self.inspect(service)
        if found is None:
            return "absent"
        state = found["State"]
        return state["Health"]["Status"] if state["Running"] and "Health" in state else state["Status"]

    def states(self, services):
        """{service: state}, all by two commands."""
        ids = {}
        out = run("docker", "ps", "-a", "--filter", f"label=com.docker.compose.project={self.project}", "--format",
                  '{{.Label "com.docker.compose.service"}}\t{{.State}}\t{{.Status}}').stdout
        for line in out.splitlines():
            name, state, status = line.split("\t")
            health = status[status.rfind("(") + 1:-1] if status.endswith(")") and state == "running" else state
            ids[name] = {"health: starting": "starting"}.get(health, health)
        return {name: ids.get(name, "absent") for name in services}

    def inside(self, service, *command, check=True, environment=None):
        named = [word for name, value in (environment or {}).items() for word in ("-e", f"{name}={value}")]
        return self("exec", "-T", *named, service, *command, check=check)
