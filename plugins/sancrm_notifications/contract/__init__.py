"""The source contract: the relations that a CRM's database must show in the schema ``reporting``, and their check."""

from sancrm_notifications.contract.check import Fault, check
from sancrm_notifications.contract.relations import RELATIONS, SCHEMA, Column, Relation, Rule

__all__ = ["RELATIONS", "SCHEMA", "Column", "Fault", "Relation", "Rule", "check"]
