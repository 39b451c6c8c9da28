"""Run documents whose kind of run is not known beforehand."""

from typing import Annotated, Any, Final

from pydantic import Discriminator, Tag, TypeAdapter

from contract.job_document import JobRunDocument
from contract.pipeline_document import PipelineRunDocument


def _kind(document: Any) -> str:
    is_job = "job" in document if isinstance(document, dict) else isinstance(document, JobRunDocument)
    return "job" if is_job else "pipeline"


AnyRunDocument = Annotated[
    Annotated[PipelineRunDocument, Tag("pipeline")] | Annotated[JobRunDocument, Tag("job")], Discriminator(_kind)
]
"""The document of a pipeline run or of a job run; only the latter has a `job`."""

_READER: Final[TypeAdapter[AnyRunDocument]] = TypeAdapter(AnyRunDocument)


def read_document(document: object) -> AnyRunDocument:
    """Read a run document.

    Args:
        document: Decoded from JSON.

    Raises:
        ValidationError: It is none.
    """
    return _READER.validate_python(document)
