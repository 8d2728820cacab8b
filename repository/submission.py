"""Submission: an upload is closed and its ingest queued, both or neither."""

from luutru.repository.archive import Archive
from luutru.repository.catalog import writing
from luutru.repository.jobs import Jobs
from luutru.repository.models import Upload
from luutru.repository.uploads import close_upload


def submit_upload(archive: Archive, jobs: Jobs, upload_id: str) -> Upload:
    """Hand an upload over for ingest; what was answered with is never forgotten.

    The ingest's job has the deposit's id.  Raises NotFound, Conflict unless its content is there.
    """
    with writing(archive.engine) as session:
        upload = close_upload(session, upload_id)
        job = jobs.note(session, "ingest", {"deposit": upload_id}, agency=upload.agency, job_id=upload_id)
    jobs.queue(job)
    return upload
