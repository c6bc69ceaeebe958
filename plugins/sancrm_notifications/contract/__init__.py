"""The source contract: the relations that a CRM's database must show in the schema ``reporting``, and their check."""

from sancrm_notifications.contract.check import Fault, check, switched_off
from sancrm_notifications.contract.optional import OPTIONAL_RELATIONS
from sancrm_notifications.contract.relations import RELATIONS
from sancrm_notifications.contract.terms import SCHEMA, Column, Relation, Rule

__all__ = ["OPTIONAL_RELATIONS", "RELATIONS", "SCHEMA", "Column", "Fault", "Relation", "Rule", "check", "switched_off"]
