"""stub"""

from csr.problems import Problem


def text(problem: Problem, language: str) -> str:
    return problem.code
