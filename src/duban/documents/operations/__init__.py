"""Every write of documents: numbers, drafts and their approval, issued documents, versions, deliveries, bundles."""

from duban.documents.operations.approval import (
    countersign_draft,
    recall_draft,
    review_draft,
    send_back_draft,
    sign_draft,
    submit_draft,
)
from duban.documents.operations.bundling import (
    MOST,
    ask_bundle,
    make_bundle,
    record_bundle_taken,
    retry_bundle,
)
from duban.documents.operations.drafts import (
    change_draft,
    discard_draft,
    mend_draft,
    remove_group,
    reserve_draft_number,
    save_group,
    write_draft,
)
from duban.documents.operations.issuing import (
    RENDER_JOB,
    issue_document,
    open_series,
    receive_document,
    receive_documents,
    record_digest,
    record_download,
    render_document,
    reserve_number,
    send_document,
    take_as_received,
    take_number,
    urge_receipt,
    use_number,
    void_document,
    void_number,
)
from duban.documents.operations.variants import issue_variant

__all__ = [
    "MOST", "RENDER_JOB", "ask_bundle", "change_draft", "countersign_draft", "discard_draft", "issue_document", "issue_variant",
    "make_bundle", "mend_draft", "open_series", "recall_draft", "receive_document", "receive_documents", "record_bundle_taken",
    "record_digest", "record_download", "remove_group", "render_document", "reserve_draft_number", "reserve_number",
    "retry_bundle", "review_draft", "save_group", "send_back_draft", "send_document", "sign_draft", "submit_draft",
    "take_as_received", "take_number", "urge_receipt", "use_number", "void_document", "void_number", "write_draft",
]  # fmt: skip
