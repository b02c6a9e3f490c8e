"""Every table of the database in one place to import from; declares none itself."""

from __future__ import annotations

from imt_ecrf.store.accounts import Delegation, Membership, Site, User, WebSession, username_key
from imt_ecrf.store.base import Base, moment, new_id, stamp
from imt_ecrf.store.data import DueWork, EntryDraft, EventData, FormData, PlannedVisit, Subject
from imt_ecrf.store.study import LabRange, Setting, StudyTests, StudyVersion
from imt_ecrf.store.trail import (
    ChangeSet,
    Event,
    Leaf,
    Query,
    QueryMessage,
    Signature,
    TreeHead,
    Unlock,
    Verification,
)
from imt_ecrf.store.work import Job, StoredFile

__all__ = [
    "Base",
    "ChangeSet",
    "Delegation",
    "DueWork",
    "EntryDraft",
    "Event",
    "EventData",
    "FormData",
    "Job",
    "LabRange",
    "Leaf",
    "Membership",
    "PlannedVisit",
    "Query",
    "QueryMessage",
    "Setting",
    "Signature",
    "Site",
    "StoredFile",
    "StudyTests",
    "StudyVersion",
    "Subject",
    "TreeHead",
    "Unlock",
    "User",
    "Verification",
    "WebSession",
    "moment",
    "new_id",
    "stamp",
    "username_key",
]
